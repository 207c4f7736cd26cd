"""Rural deliveries: what goes where, routes of vans, and one joint network beside separate operators."""
