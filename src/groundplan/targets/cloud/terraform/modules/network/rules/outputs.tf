output "rules" {
  description = "By direction and number, with ports as numbers."
  value       = local.rules
}
