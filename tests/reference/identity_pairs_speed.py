"""How long matching takes, on made-up names: python tests/reference/identity_pairs_speed.py 100000

Names are drawn from invented syllables and from words of the trade, a fifth of them a second time
in capitals, a tenth with a lost blank. Prints names, seconds, and the most memory in megabytes.
"""

import resource
import sys
import time

import numpy as np
import pandas as pd

from difass_analysis.identity import match

SYLLABLES = "ka mo ri ten bau lor vis ma tec no sa del fin gra ho ber lin xo pra zu"
TRADES = """
Maschinenbau Metallbau Technik Systeme Consulting Engineering Elektronik Logistik Handel Service
Software Bau Holz Textil Verlag Institut Construct Prod Impex Trans Proiect Dent Invest Group
Kunststofftechnik Anlagenbau Werkzeugbau Umwelttechnik Medizintechnik Dresden Leipzig Sachsen
"""
FORMS = ["GmbH", "AG", "GmbH & Co. KG", "e.K.", "SRL", "B.V.", ""]


def drawn(size):
    generator = np.random.default_rng(1)
    syllables, trades = SYLLABLES.split(), TRADES.split()
    names = set()
    while len(names) < size:
        own = "".join(generator.choice(syllables, generator.integers(2, 5))).capitalize()
        words = generator.choice(trades, generator.integers(1, 4))
        name = " ".join([own, *words, str(generator.choice(FORMS))]).strip()
        names.add(name)
        if generator.random() < 0.2:
            names.add(name.upper())
        if generator.random() < 0.1:
            names.add(name.replace(" ", "", 1))
    return sorted(names)[:size]


if __name__ == "__main__":
    table = pd.DataFrame({"name": drawn(int(sys.argv[1]))})
    start = time.perf_counter()
    found = match(table)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(table):,} names: {seconds:.0f} s, {memory:.0f} MB; {found.caveats[0]}")
