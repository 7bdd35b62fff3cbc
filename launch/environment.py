"""Make the virtual environment where it is missing or out of date, then become the command.

Runs on any Python >= 3.11 with nothing installed, so it uses the standard library only. The
locked dependencies are installed when the lock file or the Python has changed since last time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED_DISK = 600 * 2**20  # bytes: the development environment with room to unpack it
MODULES = {
    "run": ["launch.run"],
    "test": ["launch.check"],
    "inlet": ["launch.inlet"],
}


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    command, *arguments = sys.argv[1:]
    try:
        python = make_environment(development=command == "test")
    except OSError as error:
        sys.exit(f"Cannot make the environment in {ROOT}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
    if command == "test":
        os.chdir(ROOT)
    os.execve(python, [str(python), "-m", *MODULES[command], *arguments], child_environment())


def child_environment() -> dict[str, str]:
    """The caller's environment, with the project importable from any folder.

    A relative INLET_HOME is meant from the caller's folder; without one it is the project's var.
    """
    home = Path(os.environ.get("INLET_HOME") or ROOT / "var").expanduser().absolute()
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "FLASK_SKIP_DOTENV": "1",
        "INLET_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
        "SIMULATOR_HOME": str(home / "simulator"),
    }


def make_environment(*, development: bool) -> Path:
    """Return the environment's Python, after installing what the lock file names."""
    folder = ROOT / (".venv-dev" if development else ".venv")
    lock = ROOT / ("requirements-dev.lock" if development else "requirements.lock")
    python = folder / "bin" / "python"
    project = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(project, fcntl.LOCK_EX)  # two commands at once install one after the other
    try:
        stamp = folder / "installed"
        if not stamp.exists() or stamp.read_text() != identity(python, lock):
            install(folder, lock)
            stamp.write_text(identity(python, lock))
    finally:
        os.close(project)
    return python


def identity(python: Path, lock: Path) -> str:
    """What an environment is made of: the lock file and the exact Python, or none."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not python.exists():
        return f"{digest} without Python"
    version = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return f"{digest} {version.stdout.strip()}"


def install(folder: Path, lock: Path) -> None:
    if shutil.disk_usage(ROOT).free < NEEDED_DISK:
        sys.exit(f"The disk is nearly full: {ROOT} needs {NEEDED_DISK >> 20} MB free.")
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"Making {folder.name} with Python {version} (first start and after updates only)")
    # Not sys.executable: that may be the environment's own Python, about to be cleared.
    base = str(Path(sys.executable).resolve())
    pip = find_pip(base)
    subprocess.run([base, "-m", "venv", "--clear", "--without-pip", str(folder)], check=True)
    install_locked([*pip, "--python", str(folder / "bin" / "python")], lock)


def find_pip(base: str) -> list[str]:
    """How to run pip: as a module of this Python, or from the wheel that ensurepip carries.

    Debian splits both from its Python. Where there is none, one line says what to install.
    """
    version = [base, "-m", "pip", "--version"]
    if subprocess.run(version, capture_output=True, check=False).returncode == 0:
        return [base, "-m", "pip"]
    bundled = Path(venv.__file__).parents[1] / "ensurepip" / "_bundled"
    for folder in (bundled, Path("/usr/share/python-wheels")):
        for wheel in folder.glob("pip-*.whl"):
            return [base, f"{wheel}/pip"]
    sys.exit("This Python has no pip. On Debian or Ubuntu: apt-get install python3-venv")


def install_locked(pip: list[str], lock: Path) -> None:
    """Install the lock file exactly, saying how far it is; pip's own words only on failure."""
    total = sum(line[:1].isalnum() for line in lock.read_text().splitlines())
    command = [*pip, "install", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        [*command, "-r", lock],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as process:
        try:
            words, seen = [], 0
            for line in process.stdout or ():
                words.append(line)
                if line.startswith(("Collecting", "Requirement already")):
                    seen += 1
                    if seen % 10 == 0:
                        say(f"  {seen} of {total} packages")
                elif line.startswith("Installing"):
                    say("  unpacking")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        sys.stderr.writelines(words[-8:])
        sys.exit(f"Could not install {lock.name}: see pip's words above.")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
