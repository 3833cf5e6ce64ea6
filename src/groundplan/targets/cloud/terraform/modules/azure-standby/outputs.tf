output "writer_client_id" {
  description = "The identity that writes copies."
  value       = azurerm_user_assigned_identity.writer.client_id
}

output "pipeline_client_id" {
  description = "The identity that plans: AZURE_CLIENT_ID of the repository; null without one."
  value       = one(azurerm_user_assigned_identity.pipeline[*].client_id)
}

output "database_host" {
  description = "Where the server answers, inside the network; null without one."
  value       = one(azurerm_postgresql_flexible_server.this[*].fqdn)
}

output "registry" {
  description = "Where images are pushed to."
  value       = azurerm_container_registry.this.login_server
}

output "writer_tenant_id" {
  description = "The directory of that identity."
  value       = data.azurerm_client_config.current.tenant_id
}
