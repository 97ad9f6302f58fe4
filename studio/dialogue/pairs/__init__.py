"""Lines with speakers to training pairs: conversations, turns, scenes, export."""
