// A feature makes an enterprise permit of its own.
// expect: 'EnterprisePermit' initializer is inaccessible due to 'internal' protection level
import LatchkeyAccess

func forge(_ administrator: AdministratorID, _ actor: Actor) -> AdministratorID {
    let everything = EnterpriseAccess(permissions: [.manageAccounts], groups: .all)
    return EnterprisePermit(actor: actor, access: everything, administrator: administrator, login: nil).administrator
}
