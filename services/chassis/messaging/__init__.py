"""How letters travel: nameko's wire format, entrypoints that lose nothing, a relay with confirms."""
