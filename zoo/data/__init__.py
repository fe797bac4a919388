"""From pieces to batches on the device: corpus, cache, augmentations."""
