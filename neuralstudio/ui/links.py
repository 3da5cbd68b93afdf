"""Playground links in the window: opened from a dialog, the clipboard or a drop, and copied."""

from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog, QWidget

from neuralstudio.project.playground.link import is_link, parse, share
from neuralstudio.project.playground.setup import read
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.files import Files
from neuralstudio.ui.studio import Studio

_WIDE = 640


class Links(QObject):
    """The way of links in and out. A wrong one changes nothing; what it says beyond the document is in
    ``studio.options``.
    """

    opened = Signal()
    """The document is what a link said."""
    said = Signal(str, str)
    """A sentence and its role: why there is no link ("warning"), or what of it is different ("muted")."""

    def __init__(self, window: QWidget, studio: Studio, files: Files) -> None:
        super().__init__(window)
        self._window, self._studio, self._files = window, studio, files
        studio.document.replaced.connect(self._on_replaced)

    # ── in ───────────────────────────────────────────────────────────────────────────────────────

    def open_link(self, text: str) -> bool:
        """Opens a link in place of the document, after the usual question; True when it did."""
        try:
            found = parse(text)
        except ProblemError as error:
            self.said.emit(str(error), "warning")
            return False
        if not self._files.open_new(found.project):
            return False
        self._studio.options.choose(
            has_test=found.show_test, is_discrete=found.discretise, hidden=found.hidden
        )
        self.opened.emit()
        if found.notes:
            self.said.emit(" ".join(found.notes), "muted")
        else:
            self._files.told.emit(self.tr("Opened {}").format(found.project.title))
        return True

    def ask(self) -> None:
        """Asks for a link and opens it. One on the clipboard stands there already."""
        box = QInputDialog(self._window)
        box.setObjectName("link-question")
        box.setWindowTitle(self.tr("Open a Playground link"))
        box.setLabelText(self.tr("Address of a playground, or what comes after its #:"))
        box.setTextValue(link_in(QGuiApplication.clipboard().mimeData()))
        box.resize(_WIDE, box.sizeHint().height())
        if box.exec() and box.textValue().strip():
            self.open_link(box.textValue())

    def paste(self) -> bool:
        """Opens the link on the clipboard; False where something else is there."""
        text = link_in(QGuiApplication.clipboard().mimeData())
        if text:
            self.open_link(text)
        return bool(text)

    def take(self, mime: QMimeData) -> None:
        """Opens the link that was dropped, if it is one."""
        if link_in(mime):
            self.open_link(link_in(mime))

    def paste_on(self, *widgets: QWidget) -> None:
        """Lets Ctrl+V on these open the link on the clipboard; texts within them keep their own paste."""
        for widget in widgets:
            keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), widget)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(self.paste)

    # ── out ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def can_share(self) -> bool:
        """Whether the document is one that the playground shows."""
        try:
            read(self._studio.document.project)
        except ProblemError:
            return False
        return True

    def share(self) -> None:
        """Copies a link to the present state, and tells what it cannot hold."""
        options = self._studio.options
        try:
            shared = share(
                self._studio.document.project,
                show_test=options.has_test,
                discretise=options.is_discrete,
                hidden=options.hidden,
                is_trained=self._studio.training.saved_run() is not None,
            )
        except ProblemError as error:
            self.said.emit(str(error), "warning")
            return
        QGuiApplication.clipboard().setText(shared.url)
        if shared.left_out:
            words = "; ".join(shared.left_out)
            self.said.emit(self.tr("The link is copied. It cannot hold: {}.").format(words), "muted")
        else:
            self._files.told.emit(self.tr("The link is copied"))

    def _on_replaced(self) -> None:
        """What one link hid is there again in the next document."""
        self._studio.options.choose(hidden=frozenset())


def link_in(mime: QMimeData) -> str:
    """The Playground link that is pasted or dropped; "" if it is something else."""
    web = [url for url in mime.urls() if not url.isLocalFile()]
    texts = [bytes(url.toEncoded().data()).decode() for url in web[:1]] or [mime.text()]
    return next((text for text in texts if is_link(text)), "")
