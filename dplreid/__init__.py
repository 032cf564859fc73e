__version__ = "0.2.0"

import os

# OpenMP's threads wait actively at the end of every operation; with another busy process on the machine a training step
# then takes up to 75 times as long. A short wait costs little on an idle machine (nbs/06_bench.ipynb has the table). Read when torch is imported.
os.environ.setdefault('GOMP_SPINCOUNT', '1000')
