"""What a plan remembers of the clips that it hears, and which frames are of the sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass
class Stream:
    """A batch of clips on their way through a plan.

    `past` holds what each operator keeps, by the number of its output. Clips end after `lengths` frames of the input each, where it is known.
    """

    frames_per_step: int
    lengths: Tensor | None = None
    steps: int = 0
    past: dict[int, Any] = field(default_factory=dict)

    def real(self, advance: int, delay: int | None, frames: int) -> Tensor | None:
        """Which frames of a value are of the sound, bool [clips or 1, frames]; None where all are (FORMAT.md, "Delay and clock").

        `advance` is the number of frames that a step adds to the value, `delay` how many of them it stands behind; None without a clock.
        """
        if delay is None:
            return None
        number = (self.steps * advance + torch.arange(frames)).unsqueeze(0)
        real = number >= delay
        return real if self.lengths is None else real & (number < delay + (self.lengths * advance // self.frames_per_step).unsqueeze(1))
