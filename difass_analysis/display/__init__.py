"""Numbers, tables and pictures: how figures look, without knowing how they came about."""
