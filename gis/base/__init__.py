"""What every room stands on: errors, reference systems, datums. Pure, no I/O."""
