"Everything `pip` needs to know, read from settings.ini: the one place where it is written down."
import shlex
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
ini = ConfigParser(delimiters=['='])
ini.read(here/'settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']
words = lambda key: shlex.split(cfg.get(key, ''))
lines = lambda key: [line.strip() for line in cfg.get(key, '').splitlines() if line.strip()]

extras = {name: words(f'{name}_requirements') for name in ('dev', 'docs', 'faiss', 'lancedb', 'onnx', 'synth', 'workshop')}
extras['dev'] += extras['docs'] + extras['onnx']   # the tests build the site, and run what is exported
extras['all'] = sorted({req for reqs in extras.values() for req in reqs})

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'],
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], license='Apache-2.0',
    long_description=(here/'README.md').read_text(encoding='utf-8') if (here/'README.md').exists() else cfg['description'],
    long_description_content_type='text/markdown',
    python_requires='>=' + cfg['min_python'], install_requires=words('requirements'), extras_require=extras,
    packages=find_packages(include=['dplreid', 'dplreid.*'])
        + ['dplreid.occluder_library', 'dplreid.results', 'dplreid.examples.coco_street'],
    # folders of the checkout that are a package's data in a wheel
    package_dir={'dplreid.occluder_library': 'occluders', 'dplreid.results': 'nbs/results',
                 'dplreid.examples.coco_street': 'nbs/testdata/coco_street'},
    package_data={'dplreid': ['assets/**/*'], 'dplreid.occluder_library': ['**/*'], 'dplreid.examples.coco_street': ['**/*'],
                  'dplreid.results': ['*.csv', '*.npz', 'queries/*.npz']},
    entry_points={'console_scripts': lines('console_scripts'), 'nbdev': ['dplreid=dplreid._modidx:d']},
    zip_safe=False,
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Science/Research', 'Programming Language :: Python :: 3',
                 'Topic :: Scientific/Engineering :: Image Recognition'],
)
