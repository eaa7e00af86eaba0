"""The saga's state diagram as SVG, drawn from the table: no renderer, nothing drawn that the table does not say."""
