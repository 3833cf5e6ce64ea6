# Each region is a pool with a monitor of its own name; clients get the nearest that answers.
locals {
  pools = merge([
    for host, found in var.hosts : {
      for region, target in found.gateways : "${host}/${region}" => {
        host        = host
        region      = region
        target      = target
        health_path = found.health_path
        probed_from = found.probed_from
      }
    }
  ]...)
  served = { for host, found in var.hosts : host => found if length(found.gateways) > 0 }
}

resource "cloudflare_load_balancer_monitor" "this" {
  for_each = local.served

  account_id       = var.account_id
  description      = each.key
  type             = "https"
  method           = "GET"
  port             = 443
  path             = each.value.health_path
  expected_codes   = "200"
  follow_redirects = false
  interval         = 15
  timeout          = 5
  retries          = 2
  consecutive_down = 2
  consecutive_up   = 2
  header           = { Host = [each.key] }
  probe_zone       = var.shows_certificate ? var.domain : null # as the zone asks, certificate and all
}

resource "cloudflare_load_balancer_pool" "this" {
  for_each = local.pools

  account_id      = var.account_id
  name            = replace(replace(each.key, "/", "-"), ".", "-")
  description     = "${each.value.host} in ${each.value.region}"
  minimum_origins = 1
  monitor         = cloudflare_load_balancer_monitor.this[each.value.host].id
  check_regions   = each.value.probed_from

  origins = [{
    name    = each.value.region
    address = each.value.target
    enabled = true
    weight  = 1
    header  = { host = [each.value.host] }
  }]
}

resource "cloudflare_load_balancer" "this" {
  for_each = local.served

  zone_id          = cloudflare_zone.this.id
  name             = each.key
  description      = "The nearest region that answers"
  proxied          = true
  session_affinity = "none"
  steering_policy  = "geo"
  fallback_pool    = local.ordered[each.key].order[0]
  default_pools    = local.ordered[each.key].order
  region_pools     = local.ordered[each.key].near

  # A request that no region has answered yet goes to the next one.
  adaptive_routing = { failover_across_pools = true }
}

locals {
  ordered = {
    for host, found in local.served : host => {
      order = [
        for region in found.order : cloudflare_load_balancer_pool.this["${host}/${region}"].id
        if contains(keys(found.gateways), region)
      ]
      near = {
        for part, regions in found.near : part => [
          for region in regions : cloudflare_load_balancer_pool.this["${host}/${region}"].id
          if contains(keys(found.gateways), region)
        ]
      }
    }
  }
}
