"""What the tabs share: the record of a tab, the session behind an event, wiring, forms, rows."""
