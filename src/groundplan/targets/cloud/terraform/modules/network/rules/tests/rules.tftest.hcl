run "ports_become_numbers" {
  command = plan

  variables {
    rules = [
      { number = 100, egress = false, protocol = "tcp", ports = "443", cidr = "0.0.0.0/0", action = "allow" },
      { number = 100, egress = true, protocol = "tcp", ports = "1024-65535", cidr = "0.0.0.0/0", action = "allow" },
      { number = 110, egress = true, protocol = "all", cidr = "10.0.0.0/16", action = "allow" },
      { number = 120, egress = true, protocol = "udp", cidr = "10.0.0.0/16", action = "deny" },
    ]
  }

  assert {
    condition     = output.rules["in-100"].from_port == 443 && output.rules["in-100"].to_port == 443
    error_message = "One port is both ends of a range."
  }

  assert {
    condition     = output.rules["out-100"].from_port == 1024 && output.rules["out-100"].to_port == 65535
    error_message = "A range has two ends."
  }

  assert {
    condition     = output.rules["out-110"].protocol == "-1" && output.rules["out-110"].from_port == 0
    error_message = "All protocols have no ports."
  }

  assert {
    condition     = output.rules["out-120"].to_port == 65535
    error_message = "Without ports all of them are meant."
  }
}

run "numbers_are_told_apart" {
  command = plan

  variables {
    rules = [
      { number = 100, egress = false, protocol = "tcp", ports = "443", cidr = "0.0.0.0/0", action = "allow" },
      { number = 100, egress = false, protocol = "tcp", ports = "80", cidr = "0.0.0.0/0", action = "allow" },
    ]
  }

  expect_failures = [var.rules]
}
