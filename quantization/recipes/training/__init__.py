"""Parts that the recipes share: exact quantization-aware training, distillation, mixup, augmentation, schedules; README.md shows each."""
