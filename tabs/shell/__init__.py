"""The window around the tabs: top bar, what keeps an open page true, look, login."""
