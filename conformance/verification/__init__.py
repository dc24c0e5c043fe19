"""What somebody who was not there makes of a run folder: the evidence is decoded and judged again."""
