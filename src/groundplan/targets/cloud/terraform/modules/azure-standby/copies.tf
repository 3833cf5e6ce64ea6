# Copies that the other cloud's account cannot take.
resource "azurerm_storage_account" "copies" {
  #checkov:skip=CKV_AZURE_33:it has no queues
  #checkov:skip=CKV2_AZURE_1:keys of the platform's own would be lost with whoever keeps them
  #checkov:skip=CKV2_AZURE_33:copies come from the other cloud
  #checkov:skip=CKV_AZURE_59:as above; the firewall's default is to deny, and identities are asked for
  #checkov:skip=CKV2_AZURE_40:shared keys are off
  #checkov:skip=CKV2_AZURE_41:shared keys are off, so there are no tokens made of them
  name                            = var.storage_account
  location                        = var.location
  resource_group_name             = azurerm_resource_group.this.name
  account_tier                    = "Standard"
  account_replication_type        = "GZRS"
  access_tier                     = "Cool"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  shared_access_key_enabled       = false
  allow_nested_items_to_be_public = false
  local_user_enabled              = false
  default_to_oauth_authentication = true
  tags                            = var.tags

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 30
    }

    container_delete_retention_policy {
      days = 30
    }
  }
}

resource "azurerm_storage_container" "copies" {
  #checkov:skip=CKV2_AZURE_21:reads are logged by the workspace's diagnostic setting
  for_each = var.copies

  name                  = each.key
  storage_account_id    = azurerm_storage_account.copies.id
  container_access_type = "private"
}

resource "azurerm_storage_container_immutability_policy" "copies" {
  for_each = { for name, kept in var.copies : name => kept if kept.is_immutable }

  storage_container_resource_manager_id = azurerm_storage_container.copies[each.key].id
  immutability_period_in_days           = each.value.days
  protected_append_writes_all_enabled   = false
}

resource "azurerm_storage_management_policy" "copies" {
  storage_account_id = azurerm_storage_account.copies.id

  dynamic "rule" {
    for_each = var.copies

    content {
      name    = rule.key
      enabled = true

      filters {
        blob_types   = ["blockBlob"]
        prefix_match = ["${rule.key}/"]
      }

      actions {
        base_blob {
          delete_after_days_since_creation_greater_than = rule.value.days + 1
        }

        version {
          delete_after_days_since_creation = rule.value.days + 1
        }
      }
    }
  }
}

resource "azurerm_user_assigned_identity" "writer" {
  name                = "${var.name}-writer"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_role_assignment" "writer" {
  scope                = azurerm_storage_account.copies.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.writer.principal_id
}

# The other cloud's cluster is believed by its own tokens, so that no key is kept there.
resource "azurerm_federated_identity_credential" "writer" {
  count = var.writer == null ? 0 : 1

  name                = "writer"
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.writer.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = var.writer.issuer
  subject             = var.writer.subject
}

resource "azurerm_monitor_diagnostic_setting" "copies" {
  name                       = "copies"
  target_resource_id         = "${azurerm_storage_account.copies.id}/blobServices/default"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category_group = "audit"
  }
}
