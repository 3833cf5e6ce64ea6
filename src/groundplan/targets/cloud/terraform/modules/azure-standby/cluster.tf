# Warm: it runs with few machines, and grows by itself when it has to serve.
resource "azurerm_kubernetes_cluster" "this" {
  #checkov:skip=CKV_AZURE_117:machines' disks hold nothing that is kept
  #checkov:skip=CKV_AZURE_226:as above
  #checkov:skip=CKV_AZURE_227:as above
  #checkov:skip=CKV_AZURE_6:it has no public address
  #checkov:skip=CKV_AZURE_232:one pool of machines is what warm means
  #checkov:skip=CKV_AZURE_170:the standby serves in disasters alone
  name                              = var.name
  location                          = var.location
  resource_group_name               = azurerm_resource_group.this.name
  dns_prefix                        = var.name
  kubernetes_version                = var.kubernetes_version
  sku_tier                          = "Standard"
  automatic_upgrade_channel         = "patch"
  node_os_upgrade_channel           = "NodeImage"
  private_cluster_enabled           = true
  local_account_disabled            = true
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  azure_policy_enabled              = true
  tags                              = var.tags

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled = true
  }

  default_node_pool {
    name                 = "machines"
    vm_size              = var.machine.size
    vnet_subnet_id       = azurerm_subnet.machines.id
    zones                = ["1", "2", "3"]
    auto_scaling_enabled = true
    min_count            = var.machine.warm
    max_count            = var.machine.most
    max_pods             = 60
    tags                 = var.tags

    upgrade_settings {
      max_surge = "33%"
    }
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cluster["control"].id]
  }

  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.cluster["machines"].client_id
    object_id                 = azurerm_user_assigned_identity.cluster["machines"].principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.cluster["machines"].id
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
  }

  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.this.id
    msi_auth_for_monitoring_enabled = true
  }

  depends_on = [azurerm_role_assignment.control]
}

resource "azurerm_user_assigned_identity" "cluster" {
  for_each = toset(["control", "machines"])

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_role_assignment" "control" {
  for_each = {
    "Managed Identity Operator" = azurerm_user_assigned_identity.cluster["machines"].id
    "Network Contributor"       = azurerm_subnet.machines.id
  }

  scope                = each.value
  role_definition_name = each.key
  principal_id         = azurerm_user_assigned_identity.cluster["control"].principal_id
}

resource "azurerm_role_assignment" "pull" {
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.cluster["machines"].principal_id
}
