# Copies are restored into it: to prove them, and in earnest.
resource "azurerm_postgresql_flexible_server" "this" {
  #checkov:skip=CKV2_AZURE_57:it is in a subnet of the network, without a public address
  count = var.database == null ? 0 : 1

  name                          = var.name
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  version                       = var.database.version
  sku_name                      = var.database.sku
  storage_mb                    = var.database.storage_mb
  auto_grow_enabled             = true
  backup_retention_days         = var.database.backup_days
  geo_redundant_backup_enabled  = true
  public_network_access_enabled = false
  delegated_subnet_id           = azurerm_subnet.database.id
  private_dns_zone_id           = azurerm_private_dns_zone.postgres.id
  tags                          = var.tags

  # Nobody has a password: who comes is told by the directory.
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
    tenant_id                     = data.azurerm_client_config.current.tenant_id
  }

  dynamic "high_availability" {
    for_each = var.database.has_standby ? [1] : []

    content {
      mode = "ZoneRedundant"
    }
  }

  lifecycle {
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.postgres]
}

data "azurerm_client_config" "current" {}

resource "azurerm_postgresql_flexible_server_database" "this" {
  count = var.database == null ? 0 : 1

  name      = var.database.name
  server_id = azurerm_postgresql_flexible_server.this[0].id
  charset   = "UTF8"
  collation = "en_US.utf8"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "tls" {
  count = var.database == null ? 0 : 1

  name      = "ssl_min_protocol_version"
  server_id = azurerm_postgresql_flexible_server.this[0].id
  value     = "TLSv1.2"
}
