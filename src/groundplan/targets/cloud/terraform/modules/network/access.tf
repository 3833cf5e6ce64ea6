# The file's access lists. They keep no state: answers need rules of their own.
module "rules" {
  for_each = var.access_lists
  source   = "./rules"

  rules = each.value
}

resource "aws_network_acl" "this" {
  for_each = var.access_lists

  vpc_id     = aws_vpc.this.id
  subnet_ids = [for subnet in each.key == "public" ? aws_subnet.public : aws_subnet.private : subnet.id]
  tags       = { Name = "${var.name}-${each.key}" }
}

locals {
  access_rules = merge([
    for list, found in module.rules : {
      for key, rule in found.rules : "${list}-${key}" => merge(rule, { list = list })
    }
  ]...)
}

resource "aws_network_acl_rule" "this" {
  for_each = local.access_rules

  network_acl_id = aws_network_acl.this[each.value.list].id
  rule_number    = each.value.number
  egress         = each.value.egress
  protocol       = each.value.protocol
  rule_action    = each.value.action
  cidr_block     = each.value.cidr
  from_port      = each.value.from_port
  to_port        = each.value.to_port
  icmp_type      = each.value.icmp_type
  icmp_code      = each.value.icmp_code
}
