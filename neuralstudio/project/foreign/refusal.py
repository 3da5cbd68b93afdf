"""What is said while a foreign file is read, before anybody knows how the file is called."""


class RefusalError(Exception):
    """Something that is not read, in words that follow the file's name; ``remedy`` says what to do."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def shown(name: str) -> str:
    """A name from a file, for a message: one line, and short."""
    return repr(name if len(name) <= 40 else name[:39] + "…")
