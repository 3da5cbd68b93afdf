"""Measures what a hundred training steps allocate, in a process of its own: no other thread disturbs it.

Run: python -m tests.engine.allocations BATCH   (prints growth and peak in bytes)
"""

import sys
import tracemalloc

from tests.engine.test_compile import lesson


def main() -> None:
    """Prints two numbers: bytes more after the steps than before, and the most in between."""
    program, _, updater = lesson(int(sys.argv[1]))
    for _ in range(5):
        program.run()
        updater.step()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in range(100):
        program.run()
        updater.step()
    after, peak = tracemalloc.get_traced_memory()
    print(after - before, peak - before)


if __name__ == "__main__":
    main()
