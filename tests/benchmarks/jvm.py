"""Programs of this directory's own that run in a JVM: the module's classes and the product's."""

import os
import pathlib
import subprocess

from case import CaseFailed

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCES = ["pom.xml", "*/pom.xml", "*/src/main/**/*", "tests/*/pom.xml", "tests/*/src/main/**/*"]
BUILT = HERE / "target" / "built"
# The product's collector; JMH still needs what the product does without.
JVM_OPTIONS = ["-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow"]


def run(main, *arguments, seconds, memory="2g"):
    """Runs a class's main method; gives what it printed."""
    build()
    class_path = f"{HERE}/target/classes:{HERE}/target/lib/*"
    done = subprocess.run(
        [f"{java_home()}/bin/java", *JVM_OPTIONS, f"-Xmx{memory}", "-cp", class_path, main]
        + [str(argument) for argument in arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if done.returncode != 0:
        raise CaseFailed(f"{main} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def java_home():
    """The JDK that the launcher finds."""
    return subprocess.run(
        [ROOT / "gatehouse", "jdk"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()


def build():
    """Builds this directory's module, unless it is newer than every source."""
    newest = max(f.stat().st_mtime for p in SOURCES for f in ROOT.glob(p) if f.is_file())
    if BUILT.exists() and BUILT.stat().st_mtime > newest:
        return
    command = ["mvn", "--batch-mode", "--quiet", "--file", ROOT / "pom.xml", "package"]
    command += ["--projects", "tests/benchmarks", "--also-make"]
    command += ["-Dmaven.test.skip=true", "-Dspotless.check.skip=true"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"JAVA_HOME": java_home()},
    )
    if done.returncode != 0:
        raise CaseFailed(f"tests/benchmarks cannot be built:\n{done.stdout[-4000:]}")
    BUILT.touch()
