"""Networks as ONNX files: export, comparison with torch, and running. Needs the extra `[onnx]`."""
