"""The weight store: cards, files, lookup, verification, import and export."""
