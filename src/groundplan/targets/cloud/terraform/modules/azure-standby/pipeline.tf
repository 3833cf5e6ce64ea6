# The pipeline that plans and compares: it reads, and is believed by its runs' own tokens.
resource "azurerm_user_assigned_identity" "pipeline" {
  count = var.pipeline == null ? 0 : 1

  name                = "${var.name}-pipeline"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "pipeline" {
  for_each = var.pipeline == null ? {} : var.pipeline.subjects

  name                = each.key
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.pipeline[0].id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = var.pipeline.issuer
  subject             = each.value
}

locals {
  # The account of the state was made by hand, before all that is here.
  state_group = "/subscriptions/${data.azurerm_client_config.current.subscription_id}/resourceGroups/${try(var.pipeline.state_group, "")}"
  pipeline_reads = var.pipeline == null ? {} : {
    group  = { scope = azurerm_resource_group.this.id, role = "Reader" }
    copies = { scope = azurerm_storage_account.copies.id, role = "Storage Blob Data Reader" }
    state  = { scope = "${local.state_group}/providers/Microsoft.Storage/storageAccounts/${var.pipeline.state_account}", role = "Storage Blob Data Reader" }
  }
}

resource "azurerm_role_assignment" "pipeline" {
  for_each = local.pipeline_reads

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.pipeline[0].principal_id
}
