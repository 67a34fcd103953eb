"""The `valign` command. Heavy libraries are imported by the command that needs them."""
