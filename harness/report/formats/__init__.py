"""Output formats, one file each with a `FORMAT`; entry points `valign.formats` add more."""
