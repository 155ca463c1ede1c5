"""The wire: servicers, mappings between protobuf and the domain, interceptors, errors."""
