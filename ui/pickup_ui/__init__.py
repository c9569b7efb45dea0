"""The dock: `panel.create_panel(host, parent) -> QWidget`."""
