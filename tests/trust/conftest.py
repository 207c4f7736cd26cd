"""The faults and the fuzzer of this folder, which have no package to import them from."""

import importlib.util
import sys
from pathlib import Path

import pytest


def loaded(file):
    """Return a module of this folder."""
    spec = importlib.util.spec_from_file_location(f"trust_{file}", Path(__file__).with_name(f"{file}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def faults():
    """Return the module ``hand_faults.py`` beside this file."""
    return loaded("hand_faults")


@pytest.fixture(scope="session")
def fuzzer():
    """Return the module ``fuzzer.py`` beside this file."""
    return loaded("fuzzer")
