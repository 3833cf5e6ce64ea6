# The public names: each region by its nearness, and none that does not answer. With an edge in front
# a name leads there, and around it to the regions themselves when somebody says so.
resource "aws_route53_zone" "this" {
  #checkov:skip=CKV2_AWS_38:signing needs a step at the registrar, which is the team's
  #checkov:skip=CKV2_AWS_39:the edge logs requests; queries say no more
  name = var.domain
}

locals {
  gateways = merge([
    for host, found in var.hosts : {
      for region, target in found.gateways : "${host}/${region}" => {
        host   = host
        region = region
        target = target
      }
    }
  ]...)
}

resource "aws_route53_health_check" "region" {
  for_each = local.gateways

  # The gateway answers to the public name alone, and is asked by its own: so only whether it does.
  fqdn              = each.value.target
  port              = 443
  type              = "TCP"
  request_interval  = 10
  failure_threshold = 3
  measure_latency   = true
  tags              = { Name = each.key }
}

resource "aws_route53_record" "region" {
  for_each = local.gateways

  zone_id         = aws_route53_zone.this.zone_id
  name            = var.edge_suffix == null ? each.value.host : "regions.${each.value.host}"
  type            = "CNAME"
  ttl             = 30
  records         = [each.value.target]
  set_identifier  = each.value.region
  health_check_id = aws_route53_health_check.region[each.key].id

  latency_routing_policy {
    region = each.value.region
  }
}

locals {
  ways = var.edge_suffix == null ? {} : merge([
    for host in keys(var.hosts) : {
      "${host}/edge"    = { host = host, target = "${host}.${var.edge_suffix}", weight = var.around_edge ? 0 : 100 }
      "${host}/regions" = { host = host, target = "regions.${host}", weight = var.around_edge ? 100 : 0 }
    }
  ]...)
}

# Both ways stand there at any time, so that going around the edge is a change of two weights.
resource "aws_route53_record" "way" {
  for_each = local.ways

  zone_id        = aws_route53_zone.this.zone_id
  name           = each.value.host
  type           = "CNAME"
  ttl            = 30
  records        = [each.value.target]
  set_identifier = each.key

  weighted_routing_policy {
    weight = each.value.weight
  }
}

# The edge takes a zone when its owner has written this.
resource "aws_route53_record" "verification" {
  count = var.edge_verification == "" ? 0 : 1

  zone_id = aws_route53_zone.this.zone_id
  name    = "cloudflare-verify.${var.domain}"
  type    = "TXT"
  ttl     = 300
  records = [var.edge_verification]
}
