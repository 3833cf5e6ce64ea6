# Access lists as AWS counts them: ports of every protocol, and -1 for all protocols. No provider.
locals {
  rules = {
    for rule in var.rules : "${rule.egress ? "out" : "in"}-${rule.number}" => {
      number   = rule.number
      egress   = rule.egress
      action   = rule.action
      cidr     = rule.cidr
      protocol = rule.protocol == "all" ? "-1" : rule.protocol
      # A list has no ports for "all", and the whole range where the file names none.
      from_port = contains(["all", "icmp"], rule.protocol) ? 0 : tonumber(split("-", coalesce(rule.ports, "0-65535"))[0])
      to_port   = contains(["all", "icmp"], rule.protocol) ? 0 : tonumber(reverse(split("-", coalesce(rule.ports, "0-65535")))[0])
      icmp_type = rule.protocol == "icmp" ? -1 : null
      icmp_code = rule.protocol == "icmp" ? -1 : null
    }
  }
}
