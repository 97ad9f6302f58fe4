"""Tasks for the tests of work side by side: functions at the top of a module, as pickle needs."""

import os
import signal
import time
from pathlib import Path

from studio.errors import InputError


def double(number):
    """Later numbers are ready sooner."""
    time.sleep(max(0.0, 0.2 - number / 20))
    return 2 * number


def refuse(number):
    if number == 2:
        raise InputError("Number {n} is refused.", "Take another.", n=number)
    return number


def fall(number):
    raise ZeroDivisionError(f"number {number}")


def die_once(task):
    """The process of number 3 is killed once; how often each number is begun stands in a folder."""
    folder, number = task
    with (Path(folder) / f"{number}").open("a") as out:
        out.write("x")
    if number == 3 and (Path(folder) / "3").read_text() == "x":
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_always(task):
    """The process of number 3 is killed each time."""
    folder, number = task
    with (Path(folder) / f"{number}").open("a") as out:
        out.write("x")
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def sleep_long(number):
    time.sleep(60)


def write_pid(file):
    Path(file).write_text(str(os.getpid()))
    time.sleep(60)
