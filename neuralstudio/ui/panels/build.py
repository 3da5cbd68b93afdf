"""The Build tab: the canvas with the network's cards, and what lies over it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout

from neuralstudio.layers.registry import LAYERS
from neuralstudio.schema.problem import Problem
from neuralstudio.ui.canvas.activity import Activity
from neuralstudio.ui.canvas.card import CardItem
from neuralstudio.ui.canvas.content import GROUP, CardTexts
from neuralstudio.ui.canvas.data_card import DataCard
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.menus import Menus
from neuralstudio.ui.canvas.minimap import Minimap
from neuralstudio.ui.canvas.name_box import NameBox
from neuralstudio.ui.canvas.places import Place
from neuralstudio.ui.canvas.popup import LayerPopup
from neuralstudio.ui.canvas.scene import CanvasScene
from neuralstudio.ui.canvas.stack_edits import StackEdits
from neuralstudio.ui.canvas.summary import Summary
from neuralstudio.ui.canvas.view import CanvasView
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
        self.summary = Summary(studio, self)
        self.overlay = self.summary.overlay
        self.minimap = Minimap(self.view, self)
        self.popup = LayerPopup(self)
        self.name_box = NameBox(self)
        self._menus = Menus(self.view, self)
        self._data_card = DataCard(studio, self._texts)
        self._network = document.network
        self._is_stale = True
        self._activity = Activity(studio.training, studio.loader, self._shown, self._computing, self)
        self._is_other_document = False
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        studio, overlay = self.studio, self.overlay
        studio.document.replaced.connect(self._on_replaced)
        studio.document.changed.connect(self._on_changed)
        studio.document.selection_changed.connect(self._on_selection_changed)
        studio.loader.changed.connect(self._on_changed)
        if studio.estimate is not None:
            studio.estimate.changed.connect(self._show_figures)
        studio.theme.theme_changed.connect(self._on_look_changed)
        self._activity.measured.connect(self._on_measured)
        self.view.insert_asked.connect(self.open_popup)
        self.view.card_opened.connect(self.edit_requested)
        self.view.menu_asked.connect(lambda name, where: self.context_menu(name).popup(where))
        self.view.wire_menu_asked.connect(lambda pair, where: self.wire_menu(*pair).popup(where))
        self.view.name_asked.connect(self.ask_for_name)
        self.view.wire_selected.connect(self._describe)
        self.view.announced.connect(self._on_announced)
        self.edits.told.connect(self.view.note.tell)
        self.view.zoom_changed.connect(overlay.zoom.show_zoom)
        self.view.horizontalScrollBar().valueChanged.connect(lambda _value: self._activity.ask())
        overlay.zoom.stepped.connect(self.view.zoom_by)
        overlay.zoom.reset.connect(lambda: self.view.zoom_to(1.0))
        overlay.zoom.fitted.connect(self.view.fit)
        overlay.problems.followed.connect(self._follow)
        overlay.problems.remedy_chosen.connect(self.apply_remedy)
        self.summary.changed.connect(self._place_overlay)
        self.popup.chosen.connect(self._on_layer_chosen)
        self.popup.closed.connect(self.view.setFocus)
        self.name_box.closed.connect(self.view.setFocus)

    # ── for the window and for robots ────────────────────────────────────────────────────────────

    def fit(self) -> None:
        """The whole network in view."""
        self.view.fit()

    def show_start(self) -> None:
        """The network in view as far as it can be read."""
        self._catch_up()
        self.view.show_start()

    def card(self, node_id: str) -> CardItem:
        """The card of a node, of ``DATA`` or of ``LOSS``."""
        self._catch_up()
        return self.scene.cards[self.scene.card_of(node_id) or node_id]

    def card_center(self, node_id: str) -> QPoint:
        """Middle of a card in the viewport of ``view``, scrolled into sight."""
        self._catch_up()
        return self._seen(self.scene.arrangement.cards[self.scene.card_of(node_id) or node_id].center())

    def wire_center(self, after_id: str, before_id: str = "") -> QPoint:
        """Middle of a wire (without ``before_id`` the first that leaves a card), in ``view``, in sight."""
        self._catch_up()
        name, target = self.scene.card_of(after_id), self.scene.card_of(before_id)
        pair = next((pair for pair in self.scene.wires if pair[0] == name and target in ("", pair[1])), None)
        arrangement = self.scene.arrangement
        return self._seen(arrangement.wire_centre(*pair) if pair else arrangement.output_port(name))

    def plus_center(self, after_id: str, before_id: str = "") -> QPoint:
        """Where to click to insert a layer on a wire."""
        return self.wire_center(after_id, before_id)

    def port_center(self, node_id: str, side: str = "output") -> QPoint:
        """The output of a card, or its input (a free one before others), in ``view``, scrolled into sight."""
        self._catch_up()
        name = self.scene.card_of(node_id)
        ports = [port for port in self.scene.ports(name) if port.side == side]
        return self._seen(min(ports, key=lambda port: bool(port.source)).at)

    def open_popup(self, place: Place | str) -> None:
        """Lets a layer be chosen for a place, or for the one behind a node."""
        place = place if isinstance(place, Place) else Place(source=place)
        self._catch_up()
        where = self._seen(place.at) if place.at is not None else self.plus_center(place.source)
        at = self.view.viewport().mapTo(self, where + QPoint(0, 14))
        self.popup.open_at(at, place, self.studio.theme.theme)

    def ask_for_name(self, group: str) -> None:
        """Lets another name be typed for a group, on its card or its frame."""
        self._catch_up()
        frame, card = self.scene.frames.get(group), self.scene.arrangement.cards.get(f"{GROUP}{group}")
        place = frame.title if frame is not None else card
        if place is not None:
            # Of a long frame its beginning, where the name is.
            self.view.reveal(QRectF(place.topLeft(), QSizeF(min(place.width(), 260.0), place.height())))
            corner = self.view.viewport().mapTo(self, self.view.mapFromScene(place.topLeft()))
            self.name_box.open_at(corner, group, partial(self.edits.rename_group, group))

    def ask_for_layer(self) -> None:
        """Lets a layer be chosen for the place behind the selection, or on the selected wire."""
        self._from_menu(self.view.keys.insert)

    def begin_wiring(self) -> None:
        """Lets the arrow keys choose what the selected card is wired to."""
        self._from_menu(self.view.begin_wiring)

    def next_wire(self) -> None:
        """Selects a wire, or the one after it."""
        self._from_menu(self.view.keys.next_wire)

    def _from_menu(self, do: Callable[[], None]) -> None:
        """Once the menu has closed: when it gives the keyboard back, what opened before would close again."""
        self._catch_up()
        self.view.setFocus()
        if QApplication.activePopupWidget() is None:
            do()
        else:
            QTimer.singleShot(0, self, do)

    def context_menu(self, name: str) -> QMenu:
        """What can be done with a card; for the ground ("") with the network."""
        return self._menus.of_card(name)

    def wire_menu(self, source: str, target: str) -> QMenu:
        """What can be done with the wire between two cards."""
        return self._menus.of_wire((source, target))

    # ── repainting from the document ─────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Shows the document as it is now."""
        self._is_stale = False
        document = self.studio.document
        if document.network is not self._network:
            # A card in the hand may be one that is no more.
            self._network = document.network
            self.view.cancel_gesture()
        card = self._data_card.renewed(self.scene.look, self.devicePixelRatioF())
        outline = self._texts.outline(document.project, document.report, card)
        self.scene.show_outline(outline)
        self._settle()
        self._show_figures()
        self._mark_selection()
        self._activity.ask()

    def _settle(self) -> None:
        is_seen = self.isVisible()
        shift = self.view.adapt()
        if self._is_other_document:
            self._is_other_document = False
            self.view.show_start()
        self.scene.settle(shift, self.view.visible_rect if is_seen else None)

    def _show_figures(self) -> None:
        self.summary.show(self._data_card.content.problems)

    def _place_overlay(self) -> None:
        self.overlay.place(self.view.viewport().geometry())
        self.minimap.place(self.overlay.free_corner)
        self.minimap.request()

    def _mark_selection(self) -> None:
        selection = self.studio.document.selection
        if selection:
            self.scene.mark_wire(None, "selected")
        self.scene.mark_cards(selection, self.view.hasFocus())
        self.view.show_ports()
        self._describe()

    def _describe(self) -> None:
        """Says in words what is selected."""
        pair = self.scene.selected_wire
        names = self.scene.chosen(self.studio.document.selection)
        words = [self.scene.cards[name].accessible_text for name in names]
        if pair is not None:
            source, target = (self.scene.cards[name].content.name for name in pair)
            label = self.scene.wires[pair].content.label
            text = self.tr("Wire from {source} to {target}, {shape}")
            words = [text.format(source=source, target=target, shape=label)]
        self.view.setAccessibleDescription(" / ".join(words) or self.tr("Nothing is selected"))

    # ── slots ────────────────────────────────────────────────────────────────────────────────────

    def _on_changed(self) -> None:
        if self.isVisible():
            self._data_card.want()
            self.refresh()
        else:
            self._is_stale = True

    def _on_replaced(self) -> None:
        self._is_other_document = True
        self.scene.wishes.clear()

    def _catch_up(self) -> None:
        if self._is_stale:
            self.refresh()

    def _on_selection_changed(self) -> None:
        if self._is_stale:
            return
        self._mark_selection()
        chosen = self.scene.chosen(self.studio.document.selection)
        if chosen and (len(chosen) == 1 or not self.view.is_in_hand):
            self.view.reveal(self.scene.arrangement.cards[chosen[-1]])

    def _on_announced(self, words: str) -> None:
        if words:
            self.view.setAccessibleDescription(words)
        else:
            self._describe()

    def _on_look_changed(self, _theme: object) -> None:
        look = Look(self.studio.theme.theme, self.font())
        self.view.note.theme = look.theme
        self.scene.set_look(look)
        self.view.set_look(look)
        self.refresh()

    def _on_measured(self, bars: object, loss: str) -> None:
        assert isinstance(bars, dict)
        if self.scene.set_live(bars, loss) and self.scene.rearrange():
            self._settle()

    def _on_layer_chosen(self, tag: str, place: Place) -> None:
        if place.is_new_branch and place.at is not None:
            self.scene.wishes[self.studio.document.fresh_id(LAYERS[tag]())] = place.at.x()
        place.put(self.edits, tag)
        self.view.setFocus()

    def apply_remedy(self, problem: Problem, title: str) -> None:
        """Does what helps against a problem: one step to undo."""
        self.summary.apply_remedy(problem, title)
        self.view.setFocus()

    def _follow(self, node_id: str) -> None:
        self.view.select_cards(self.scene.card_of(node_id))
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
        self._data_card.want()
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
