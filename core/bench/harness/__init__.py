"""What several benchmarks share: data, protocols, servers, timing in turns."""
