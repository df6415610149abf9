"""What makes bundles: data, synthesis, training, calibration, evaluation, release. Not for serving."""
