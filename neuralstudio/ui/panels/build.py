"""The Build tab: the canvas with the network's cards, and what lies over it."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout

from neuralstudio.data._base import Dataset
from neuralstudio.ui.canvas.activity import Activity
from neuralstudio.ui.canvas.card import CardItem
from neuralstudio.ui.canvas.content import CardTexts, amount
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.overlay import Overlay
from neuralstudio.ui.canvas.popup import LayerPopup
from neuralstudio.ui.canvas.scene import CanvasScene
from neuralstudio.ui.canvas.stack_edits import StackEdits
from neuralstudio.ui.canvas.thumbnails import thumbnails
from neuralstudio.ui.canvas.view import CanvasView
from neuralstudio.ui.document import LOSS
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio


class BuildPanel(Panel):
    """Repaints from the document whenever that changed; hands' work on it goes through ``edits``."""

    tag = "build"
    title = "Build"
    area = "centre"
    order = 0

    edit_requested = Signal(str)
    """The settings of this card are wanted: it was double-clicked, or Enter was pressed on it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        document = studio.document
        self.edits = StackEdits(document, self)
        self._texts = CardTexts(self)
        self.scene = CanvasScene(Look(studio.theme.theme, self.font()), self)
        self.view = CanvasView(self.scene, document, self.edits, self)
        self.view.setAccessibleName(self.tr("Network"))
        self.setFocusProxy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.overlay = Overlay(self)
        self.popup = LayerPopup(self)
        self._picture_key: tuple[object, ...] = ()
        self._data_card = self._texts.data_card(document.project)
        self._network = document.network
        self._wanted: tuple[Dataset, int] | None = None
        self._is_stale = True
        self._activity = Activity(studio.training, studio.loader, self._shown, self._computing, self)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        studio, overlay = self.studio, self.overlay
        studio.document.changed.connect(self._on_changed)
        studio.document.selection_changed.connect(self._on_selection_changed)
        studio.loader.changed.connect(self._on_changed)
        studio.theme.theme_changed.connect(self._on_look_changed)
        self._activity.measured.connect(self._on_measured)
        self.view.insert_asked.connect(self.open_popup)
        self.view.card_opened.connect(self.edit_requested)
        self.view.menu_asked.connect(lambda name, where: self.context_menu(name).popup(where))
        self.view.zoom_changed.connect(overlay.zoom.show_zoom)
        self.view.horizontalScrollBar().valueChanged.connect(lambda _value: self._activity.ask())
        overlay.zoom.stepped.connect(lambda way: self.view.zoom_to(self.view.zoom * 1.2**way))
        overlay.zoom.reset.connect(lambda: self.view.zoom_to(1.0))
        overlay.zoom.fitted.connect(self.view.fit)
        overlay.problems.followed.connect(self._follow)
        self.popup.chosen.connect(self._on_layer_chosen)
        self.popup.closed.connect(self.view.setFocus)

    # ── for the window and for robots ────────────────────────────────────────────────────────────

    def fit(self) -> None:
        """The whole network in view."""
        self.view.fit()

    def card(self, node_id: str) -> CardItem:
        """The card of a node, of ``DATA`` or of ``LOSS``."""
        self._catch_up()
        return self.scene.cards[node_id]

    def card_center(self, node_id: str) -> QPoint:
        """Middle of a card in the viewport of ``view``, scrolled into sight."""
        self._catch_up()
        return self._seen(self.scene.arrangement.cards[node_id].center())

    def wire_center(self, after_id: str) -> QPoint:
        """Middle of the first wire that leaves a card, in the viewport of ``view``, scrolled into sight."""
        self._catch_up()
        pair = next(pair for pair in self.scene.wires if pair[0] == after_id)
        return self._seen(self.scene.arrangement.wire_centre(*pair))

    def plus_center(self, after_id: str) -> QPoint:
        """Where to click to insert a layer behind a card."""
        return self.wire_center(after_id)

    def open_popup(self, after_id: str) -> None:
        """Lets a layer be chosen that goes behind a card."""
        where = self.plus_center(after_id) + QPoint(0, 14)
        self.popup.open_at(self.view.viewport().mapTo(self, where), after_id, self.studio.theme.theme)

    def context_menu(self, name: str) -> QMenu:
        """What can be done with a card; for the ground ("") with the network."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        after = name if name and name != LOSS else self.edits.end

        def add(tag: str, text: str, do: object) -> None:
            assert callable(do)
            action = menu.addAction(text)
            action.setObjectName(f"card-{tag}")
            action.triggered.connect(lambda _checked=False: do())

        if name in self.studio.document.network:
            add("duplicate", self.tr("Duplicate") + "\tCtrl+D", self.edits.duplicate)
            add("delete", self.tr("Delete") + "\tDel", self.edits.delete)
            menu.addSeparator()
            add("earlier", self.tr("Move earlier") + "\tAlt+←", lambda: self.edits.shift(-1))
            add("later", self.tr("Move later") + "\tAlt+→", lambda: self.edits.shift(1))
            menu.addSeparator()
        text = self.tr("Insert after…") if name and name != LOSS else self.tr("Insert a layer…")
        # After the menu has closed and given the keyboard back: the list closes when it loses that.
        add("insert", text + "\t/", lambda: QTimer.singleShot(0, self, lambda: self.open_popup(after)))
        if not name:
            add("fit", self.tr("Fit into view") + "\tCtrl+0", self.view.fit)
        return menu

    # ── repainting from the document ─────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Shows the document as it is now."""
        self._is_stale = False
        document = self.studio.document
        if document.network is not self._network:
            # A card in the hand may be one that is no more.
            self._network = document.network
            self.view.cancel_gesture()
        self._renew_data_card()
        outline = self._texts.outline(document.project, document.report, self._data_card)
        self.scene.show_outline(outline)
        self._settle()
        self._show_figures()
        self._mark_selection()
        self._activity.ask()

    def _settle(self) -> None:
        is_seen = self.isVisible()
        shift = self.view.adapt()
        self.scene.settle(shift, self.view.visible_rect if is_seen else None)

    def _renew_data_card(self) -> None:
        project, loader = self.studio.document.project, self.studio.loader
        data = loader.data
        if data is not None and data.signature != project.dataset.signature:
            data = None
        key = (data, self.scene.look)
        if not self._picture_key or any(a is not b for a, b in zip(key, self._picture_key, strict=True)):
            look = self.scene.look
            ratio = self.devicePixelRatioF()
            self._picture = thumbnails(data, look.theme, look.em, ratio) if data is not None else None
            self._picture_key = key
        self._data_card = self._texts.data_card(
            project, data, loader.problem, self._picture, is_loading=loader.is_loading
        )

    def _show_figures(self) -> None:
        report, overlay = self.studio.document.report, self.overlay
        has_layers = bool(self.studio.document.network.nodes)
        figures = (
            self.tr("{n} weights").format(n=f"{report.weights:,}"),
            self.tr("{cost} / sample").format(cost=amount(report.flops, "FLOP")),
            self.tr("fits in {size}").format(size=amount(report.training_bytes, "B")),
        )
        overlay.figures.setText(" · ".join(figures) if report.weights else "")
        hint = self.tr("Drag a layer here, press / and type its name, or open an example")
        overlay.hint.setText(hint)
        overlay.hint.setVisible(not has_layers)
        problems = (*self._data_card.problems, *(report.problems if has_layers else ()))
        overlay.problems.show_problems(problems, self.studio.theme.theme)
        self._place_overlay()

    def _place_overlay(self) -> None:
        self.overlay.place(self.view.viewport().geometry())

    def _mark_selection(self) -> None:
        selection = self.studio.document.selection
        self.scene.mark_cards(selection, self.view.hasFocus())
        words = [self.scene.cards[name].accessible_text for name in selection if name in self.scene.cards]
        self.view.setAccessibleDescription(" / ".join(words) or self.tr("Nothing is selected"))

    # ── slots ────────────────────────────────────────────────────────────────────────────────────

    def _on_changed(self) -> None:
        if self.isVisible():
            self._want_data()
            self.refresh()
        else:
            self._is_stale = True

    def _catch_up(self) -> None:
        if self._is_stale:
            self.refresh()

    def _want_data(self) -> None:
        """Asks once for each data set: what failed to load is not tried again at every edit."""
        project = self.studio.document.project
        wanted = project.dataset, project.seeds.data
        if wanted != self._wanted:
            self._wanted = wanted
            self.studio.loader.want(*wanted)

    def _on_selection_changed(self) -> None:
        if self._is_stale:
            return
        self._mark_selection()
        selection = self.studio.document.selection
        if len(selection) == 1 and selection[0] in self.scene.arrangement.cards:
            self.view.reveal(self.scene.arrangement.cards[selection[0]])

    def _on_look_changed(self, _theme: object) -> None:
        look = Look(self.studio.theme.theme, self.font())
        self.scene.set_look(look)
        self.view.set_look(look)
        self.refresh()

    def _on_measured(self, bars: object, loss: str) -> None:
        assert isinstance(bars, dict)
        if self.scene.set_live(bars, loss) and self.scene.rearrange():
            self._settle()

    def _on_layer_chosen(self, tag: str, after: str) -> None:
        self.edits.insert(tag, after)
        self.view.setFocus()

    def _follow(self, node_id: str) -> None:
        self.studio.document.select(node_id)
        self.view.setFocus()

    def _shown(self) -> list[str]:
        """Ids of the cards that can be seen now."""
        if not self.isVisible():
            return []
        seen = self.view.visible_rect
        places = self.scene.arrangement.cards
        return [name for name, place in places.items() if seen.intersects(place)]

    def _computing(self) -> tuple[str, ...]:
        network = self.studio.document.network
        return tuple(
            name for name, card in self.scene.cards.items() if card.content.computes and name in network
        )

    def _seen(self, point: QPointF) -> QPoint:
        self.view.reveal(QRectF(point - QPointF(12, 12), point + QPointF(12, 12)))
        return self.view.mapFromScene(point)

    # ── Qt events ────────────────────────────────────────────────────────────────────────────────

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._want_data()
        self._catch_up()
        self._place_overlay()
        self._activity.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_overlay()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_activity"):
            self._on_look_changed(self.studio.theme.theme)
