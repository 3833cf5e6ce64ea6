output "verification_key" {
  description = "What the zone's own name servers have to answer for cloudflare-verify, as a TXT record."
  value       = cloudflare_zone.this.verification_key
}

output "load_balancers" {
  description = "By public name, where there is a region to lead to."
  value       = { for host, found in cloudflare_load_balancer.this : host => found.id }
}

output "zone_id" {
  description = "What the zone's own certificate is put to."
  value       = cloudflare_zone.this.id
}
