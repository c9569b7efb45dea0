"""Colours, sizes and the style sheet, all derived from the host's palette and font.

One accent means "made by Pickup"; amber means stale, red failed, and each comes with a word or a
shape as well. Text colours are moved until they reach a contrast of 4.5:1 (WCAG 2.1, 1.4.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

GAP = 8
MARGIN = 16
CONTROL = 28
RADIUS = 4
NARROW = 600
WIDE = 1000
"""Pixels: the two gaps, a control's height, corner radius, and the layout's two steps."""

_CONTRAST = 4.5
_TEAL_ON_DARK = QColor(72, 198, 174)
_TEAL_ON_LIGHT = QColor(8, 122, 105)


@dataclass(frozen=True)
class Theme:
    """Colours by role. `surface` lies under fields and the strip, `well` around
    pictures, `raised` under clips."""

    dark: bool
    window: QColor
    surface: QColor
    well: QColor
    raised: QColor
    line: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    amber: QColor
    red: QColor
    selection: QColor


def theme_of(palette: QPalette) -> Theme:
    """The theme that fits a widget's palette."""
    window = palette.color(QPalette.ColorRole.Window)
    text = palette.color(QPalette.ColorRole.WindowText)
    dark = luminance(window) < luminance(text)
    pole = QColor("white") if dark else QColor("black")
    accent = readable(_TEAL_ON_DARK if dark else _TEAL_ON_LIGHT, window)
    return Theme(
        dark=dark,
        window=window,
        surface=mix(window, QColor("black"), 0.22) if dark else mix(window, QColor("white"), 0.75),
        well=mix(window, QColor("black"), 0.22 if dark else 0.07),
        raised=mix(window, pole, 0.11 if dark else 0.10),
        line=mix(window, pole, 0.17 if dark else 0.16),
        text=text,
        muted=readable(mix(text, window, 0.32), window),
        accent=accent,
        on_accent=QColor(10, 26, 23) if luminance(accent) > 0.3 else QColor("white"),
        amber=readable(QColor(232, 170, 64) if dark else QColor(150, 92, 0), window),
        red=readable(QColor(240, 120, 110) if dark else QColor(184, 44, 36), window),
        selection=text,
    )


def theme_for(widget: QWidget) -> Theme:
    """The theme of the dock that holds `widget`.

    Its own palette cannot be asked: a style sheet puts transparent colours there.
    """
    at: QWidget | None = widget
    while at is not None:
        theme = getattr(at, "theme", None)
        if isinstance(theme, Theme):
            return theme
        at = at.parentWidget()
    return theme_of(QApplication.palette())


def mix(a: QColor, b: QColor, part: float) -> QColor:
    """`a` with `part` (0..1) of `b` in it."""
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x * (1 - part) + y * part) for x, y in pairs))


def luminance(colour: QColor) -> float:
    """Relative luminance 0..1 (WCAG 2.1 definition over linear sRGB)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: QColor, b: QColor) -> float:
    """Contrast ratio 1..21 (WCAG 2.1 definition)."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: QColor, behind: QColor) -> QColor:
    """`colour`, moved towards white or black until it can be read on `behind`."""
    pole = QColor("white") if luminance(behind) < 0.18 else QColor("black")
    part = 0.0
    while contrast(mix(colour, pole, part), behind) < _CONTRAST and part < 1.0:
        part += 0.05
    return mix(colour, pole, min(part, 1.0))


def small(font: QFont) -> QFont:
    """The smallest of the three text sizes: labels and numbers."""
    return _scaled(font, 0.86)


def title(font: QFont) -> QFont:
    """The largest of the three text sizes: the cut's name."""
    bold = _scaled(font, 1.08)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def _scaled(font: QFont, factor: float) -> QFont:
    copy = QFont(font)
    if font.pixelSize() > 0:
        copy.setPixelSize(round(font.pixelSize() * factor))
    else:
        copy.setPointSizeF(font.pointSizeF() * factor)
    return copy


def style_sheet(theme: Theme, root: str) -> str:
    """The style sheet of the panel named `root`; nothing outside it is touched."""
    hover = mix(theme.window, theme.text, 0.10).name()
    pressed = mix(theme.window, theme.text, 0.17).name()
    off = mix(theme.text, theme.window, 0.58).name()
    lifted = mix(theme.accent, theme.text, 0.14).name()
    edge = mix(theme.line, theme.text, 0.14).name()
    rules = f"""
    ROOT {{ background: {theme.window.name()}; color: {theme.text.name()}; }}
    ROOT QLabel {{ background: transparent; color: {theme.text.name()}; }}
    ROOT QLabel[role="muted"] {{ color: {theme.muted.name()}; }}
    ROOT QLabel[role="failed"] {{ color: {theme.red.name()}; }}
    ROOT QLabel[role="accent"] {{ color: {theme.accent.name()}; }}
    ROOT QLabel[role="amber"] {{ color: {theme.amber.name()}; }}
    ROOT QFrame[role="line"] {{ background: {theme.line.name()}; border: 0; }}
    ROOT QPushButton, ROOT QToolButton {{
        min-height: 26px; padding: 0 12px; border: 1px solid {edge}; border-radius: {RADIUS}px;
        background: transparent; color: {theme.text.name()}; }}
    ROOT QToolButton {{ padding: 0 5px; border-color: transparent; }}
    ROOT QPushButton:hover, ROOT QToolButton:hover {{ background: {hover}; }}
    ROOT QPushButton:pressed, ROOT QToolButton:pressed {{ background: {pressed}; }}
    ROOT QToolButton:checked {{ background: {hover}; color: {theme.accent.name()}; }}
    ROOT QPushButton:focus, ROOT QToolButton:focus {{ border-color: {theme.accent.name()}; }}
    ROOT QPushButton:disabled, ROOT QToolButton:disabled {{ color: {off};
        border-color: {theme.line.name()}; }}
    ROOT QToolButton:disabled {{ border-color: transparent; }}
    ROOT QPushButton[role="primary"] {{ background: {theme.accent.name()};
        border-color: {theme.accent.name()}; color: {theme.on_accent.name()};
        font-weight: 600; padding: 0 20px; }}
    ROOT QPushButton[role="primary"]:hover {{ background: {lifted}; }}
    ROOT QPushButton[role="primary"]:focus {{ border: 2px solid {theme.text.name()}; }}
    ROOT QPushButton[role="primary"]:disabled {{ background: {theme.raised.name()};
        border-color: {theme.raised.name()}; color: {off}; }}
    ROOT QPushButton[role="link"] {{ border: 0; padding: 0 4px; color: {theme.accent.name()};
        text-align: left; }}
    ROOT QPushButton[role="link"]:hover {{ text-decoration: underline; background: transparent; }}
    ROOT QPushButton[role="verb"] {{ border: 0; border-radius: 0; padding: 0 8px;
        border-bottom: 2px solid transparent; color: {theme.muted.name()}; }}
    ROOT QPushButton[role="verb"]:checked {{ color: {theme.text.name()};
        border-bottom: 2px solid {theme.accent.name()}; }}
    ROOT QPushButton[role="verb"]:focus {{ background: {hover}; }}
    ROOT QPushButton[role="verb"]:disabled {{ color: {off}; }}
    ROOT QPushButton[role="choice"] {{ padding: 0 10px; color: {theme.muted.name()}; }}
    ROOT QPushButton[role="choice"]:checked {{ background: {hover}; color: {theme.text.name()};
        border-color: {theme.muted.name()}; }}
    ROOT QLineEdit, ROOT QSpinBox, ROOT QComboBox {{
        min-height: 26px; padding: 0 8px; border: 1px solid {edge}; border-radius: {RADIUS}px;
        background: {theme.surface.name()}; color: {theme.text.name()};
        selection-background-color: {theme.accent.name()};
        selection-color: {theme.on_accent.name()}; }}
    ROOT QLineEdit:focus, ROOT QSpinBox:focus, ROOT QComboBox:focus {{
        border-color: {theme.accent.name()}; }}
    ROOT QLineEdit[invalid="true"], ROOT QComboBox[invalid="true"],
    ROOT QToolButton[invalid="true"] {{
        border-color: {theme.red.name()}; }}
    ROOT QLineEdit:disabled {{ color: {off}; }}
    ROOT QComboBox::drop-down {{ border: 0; width: 20px; }}
    ROOT QComboBox::down-arrow {{ image: url(CHEVRON); width: 10px; height: 10px; }}
    ROOT QComboBox QAbstractItemView {{ background: {theme.surface.name()};
        color: {theme.text.name()}; border: 1px solid {edge};
        selection-background-color: {hover}; selection-color: {theme.text.name()}; }}
    ROOT QMenu {{ background: {theme.surface.name()}; color: {theme.text.name()};
        border: 1px solid {edge}; padding: 4px; }}
    ROOT QMenu::item {{ padding: 5px 24px 5px 24px; border-radius: {RADIUS}px; }}
    ROOT QMenu::item:selected {{ background: {hover}; }}
    ROOT QMenu::item:disabled {{ color: {off}; }}
    ROOT QMenu::separator {{ height: 1px; background: {theme.line.name()}; margin: 4px 8px; }}
    ROOT QSlider::groove:horizontal {{ height: 2px; background: {edge}; }}
    ROOT QSlider::sub-page:horizontal {{ background: {theme.accent.name()}; }}
    ROOT QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0;
        border-radius: 6px; background: {theme.text.name()}; }}
    ROOT QSlider::handle:horizontal:focus {{ background: {theme.accent.name()}; }}
    ROOT QScrollArea, ROOT QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
    ROOT QScrollBar:vertical {{ width: 8px; background: transparent; margin: 0; }}
    ROOT QScrollBar:horizontal {{ height: 8px; background: transparent; margin: 0; }}
    ROOT QScrollBar::handle {{ background: {edge}; border-radius: 3px; min-width: 24px;
        min-height: 24px; margin: 1px; }}
    ROOT QScrollBar::add-line, ROOT QScrollBar::sub-line {{ width: 0; height: 0; }}
    ROOT QScrollBar::add-page, ROOT QScrollBar::sub-page {{ background: transparent; }}
    """
    return rules.replace("ROOT", f"#{root}")
