"""Pages for people: server-rendered, readable without JavaScript, useful even while services are away."""
