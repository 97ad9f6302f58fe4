"""Training on a processor: rows without padding, attention within each row, and layers that do the
same arithmetic in fewer passes and keep less for the way back. Worker-only.

torch has fused kernels of these for GPUs; on a processor each small operation reads and writes its
whole matrix, keeps a copy for the way back, and padding costs what a token costs. `quicken` puts
them in the place of the model's own where they give the same numbers, and leaves every other model
as it is.
"""
