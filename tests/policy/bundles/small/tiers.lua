return { gold = "dedicated" }
