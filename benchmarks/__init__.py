"""Time and memory of the package beside plain pandas and hand-written SQL: `make bench`."""
