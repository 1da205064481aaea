"""Puts the table of faults into docs/operations.md, between its marks."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operations.md"
BEGIN = "<!-- faults: written by vagrant/lab faults --write-docs -->"
END = "<!-- end of faults -->"


def machine():
    described = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False).stdout.strip()
    return (f"Gatehouse {described or 'of unknown revision'}, all hosts on one machine with"
            f" {os.cpu_count()} cores, Linux {os.uname().release}.")


def write(table):
    text = PAGE.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE}: the marks are missing: {BEGIN} … {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{machine()}\n\n{table}\n\n{END}{after}")
