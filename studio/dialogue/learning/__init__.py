"""For developers: learns `weights.json` from annotated novels. Nothing imports it at run time."""
