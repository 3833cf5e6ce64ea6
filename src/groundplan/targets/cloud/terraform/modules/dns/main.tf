# The public names: each region by its nearness, and none that does not answer.
resource "aws_route53_zone" "this" {
  #checkov:skip=CKV2_AWS_38:signing needs a step at the registrar, which is the team's
  #checkov:skip=CKV2_AWS_39:the edge logs requests; queries say no more
  name = var.domain
}

locals {
  gateways = merge([
    for host, found in var.hosts : {
      for region, target in found.gateways : "${host}/${region}" => {
        host        = host
        region      = region
        target      = target
        health_path = found.health_path
      }
    }
  ]...)
}

resource "aws_route53_health_check" "region" {
  for_each = local.gateways

  fqdn              = each.value.target
  port              = 443
  type              = "HTTPS"
  resource_path     = each.value.health_path
  request_interval  = 10
  failure_threshold = 3
  measure_latency   = true
  tags              = { Name = each.key }
}

resource "aws_route53_record" "region" {
  for_each = local.gateways

  zone_id         = aws_route53_zone.this.zone_id
  name            = each.value.host
  type            = "CNAME"
  ttl             = 30
  records         = [each.value.target]
  set_identifier  = each.value.region
  health_check_id = aws_route53_health_check.region[each.key].id

  latency_routing_policy {
    region = each.value.region
  }
}
